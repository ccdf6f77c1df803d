/* Dates of an axis in English as the pages write them: the day before the month. */
(window.PlotlyLocales = window.PlotlyLocales || []).push({
    moduleType: 'locale',
    name: 'en-GB',
    dictionary: {},
    format: {
        date: '%-d %b %Y',
        year: '%Y',
        month: '%b %Y',
        dayMonth: '%-d %b',
        dayMonthYear: '%-d %b %Y'
    }
});
